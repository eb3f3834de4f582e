# A lost quorum is regained without the hysteresis, and a sorry server flaps.
set(file model/health.cpp)
set(from [[weight >= quorum + hysteresis]])
set(to [[weight >= quorum]])
