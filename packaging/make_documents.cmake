# Part of making the Debian package: its changelog, copyright, and what the program consists of.
include("${source}/packaging/epoch.cmake")
set(made "${build}/package")
file(MAKE_DIRECTORY "${made}")

function(compress from to)
  execute_process(COMMAND gzip -9 -n -c "${from}" OUTPUT_FILE "${made}/${to}.gz" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

execute_process(COMMAND "${program}" version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "ballast " "" version "${version}")
epoch(seconds "${source}")
execute_process(COMMAND "${CMAKE_COMMAND}" -E env LC_ALL=C date -u -R -d @${seconds} OUTPUT_VARIABLE date
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS "${build}/CPackConfig.cmake" maintainer REGEX "set\\(CPACK_DEBIAN_PACKAGE_MAINTAINER ")
string(REGEX REPLACE ".* \"(.*)\"\\)" "\\1" maintainer "${maintainer}")
file(WRITE "${made}/changelog"
     "ballast (${version}) bookworm; urgency=medium\n\n  * /usr/share/doc/ballast/CHANGES.md.gz says what is new.\n\n"
     " -- ${maintainer}  ${date}\n")
compress("${made}/changelog" changelog)
compress("${source}/CHANGELOG.md" CHANGES.md)
compress("${source}/README.md" README.md)
configure_file("${source}/packaging/deb/copyright" "${made}/copyright" COPYONLY)

execute_process(COMMAND "${source}/packaging/sbom" "${program}" "${build}" "${version}" "${seconds}" "${made}"
                COMMAND_ERROR_IS_FATAL ANY)
compress("${made}/third-party-licences" third-party-licences)
