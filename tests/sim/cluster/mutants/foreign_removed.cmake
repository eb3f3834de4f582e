# Every service that no manifest wants is removed, whoever made it.
set(file reconcilers/services.cpp)
set(from [[const auto is_ours = [&](const ServiceKey& key) { return owned.services.contains(key); };]])
set(to [[const auto is_ours = [](const ServiceKey&) { return true; };]])
