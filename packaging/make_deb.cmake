# Makes the Debian package, of the version that the program says, dated so that the same commit gives the same bytes:
#   cmake -D PROGRAM=... -D SOURCE=... [-D OUTPUT=...] -P make_deb.cmake    in the build folder; OUTPUT is a copy
include("${SOURCE}/packaging/epoch.cmake")
execute_process(COMMAND "${PROGRAM}" version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "ballast " "" version "${version}")
epoch(seconds "${SOURCE}")
set(ENV{SOURCE_DATE_EPOCH} "${seconds}")
file(REMOVE_RECURSE _CPack_Packages package)  # what an earlier version installed there
execute_process(COMMAND cpack -D CPACK_PACKAGE_VERSION=${version} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "[^ ]*\\.deb generated" made "${output}")
string(REPLACE " generated" "" made "${made}")

# CPack makes folders by the umask and dates the outer archive with the clock; Debian's own program goes by SOURCE_DATE_EPOCH.
execute_process(COMMAND dpkg-deb --raw-extract "${made}" package/contents COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX package/contents COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND dpkg-deb --root-owner-group --build package/contents "${made}" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
message("${made}")
if(OUTPUT)
  configure_file("${made}" "${OUTPUT}" COPYONLY)
endif()
