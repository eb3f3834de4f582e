# Part of the install: makes ${build}/package with the manual page, the shells' completions, and the unit for this prefix.
set(made "${build}/package")
file(MAKE_DIRECTORY "${made}")

execute_process(COMMAND "${program}" man OUTPUT_FILE "${made}/ballast.8" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND gzip -9 -n -f "${made}/ballast.8" COMMAND_ERROR_IS_FATAL ANY)
foreach(shell bash fish zsh)
  execute_process(COMMAND "${program}" completion ${shell} OUTPUT_FILE "${made}/completion.${shell}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()

file(READ "${source}/manifests/deploy/systemd/ballast.service" unit)
string(REPLACE "/usr/sbin/ballast" "${CMAKE_INSTALL_PREFIX}/sbin/ballast" unit "${unit}")
file(WRITE "${made}/ballast.service" "${unit}")
