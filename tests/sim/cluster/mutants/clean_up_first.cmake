# What is not wanted any more goes before what is wanted comes.
set(file reconcilers/reconciler.cpp)
set(from [[  apply_services(plan, Phase::create, kernel.ipvs, report);
]])
set(to [[  apply_services(plan, Phase::clean_up, kernel.ipvs, report);
  apply_services(plan, Phase::create, kernel.ipvs, report);
]])
