"""`recgate doctor`: what each look means. Facts come in from the adapters, answers go out."""
