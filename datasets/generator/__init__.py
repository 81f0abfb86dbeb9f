"""A made-up city: people, roles, courses, sessions and money, from hand-written content and a seed.

``city.py`` is the flow; each other module makes one kind of table. Everything random comes from
``draws.stream(seed, name)``, one stream a table, so that changing one table leaves the others alone.
"""
