"""Turns an agent's answer into text, buttons, a list or a link that the channel can show."""

from lola.formatting.enhancer import CodeEnhancer, Enhancer
from lola.formatting.two_stage import TwoStageEnhancer

__all__ = ["CodeEnhancer", "Enhancer", "TwoStageEnhancer"]
