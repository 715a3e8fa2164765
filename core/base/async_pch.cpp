// Carries the precompiled header of async_pch.h.
