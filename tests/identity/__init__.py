"""Histories of ids: many people change, hide and inherit numbers, and no two may become one."""
