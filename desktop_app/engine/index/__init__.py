"""All FAISS: indexes are caches of the catalogue's vectors.

``IndexStore`` keeps one ``SpaceIndex`` per space; ``reconcile`` brings one in line with the catalogue.
"""
