"""Who gives an agent's words their shape: code by default, the documented pipeline as an option."""

from lola.enhancer.shaping import CodeEnhancer, Enhancer
from lola.enhancer.two_stage import TwoStageEnhancer

__all__ = ["CodeEnhancer", "Enhancer", "TwoStageEnhancer"]
