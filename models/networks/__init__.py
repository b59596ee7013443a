"""The parts of recurrent networks over words."""
