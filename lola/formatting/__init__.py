"""Turns an agent's answer into messages: text, buttons, a list or a link."""

from lola.formatting.enhancer import CodeEnhancer, Enhancer
from lola.formatting.two_stage import TwoStageEnhancer

__all__ = ["CodeEnhancer", "Enhancer", "TwoStageEnhancer"]
