"""What the window can ask of the engine, in groups; ``engine.api.EngineClient`` is all of them."""
