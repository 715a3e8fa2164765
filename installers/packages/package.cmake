# tarn_package(NAME SUMMARY text DESCRIPTION text (DAEMON role | PROGRAM program) FORMATS page...)
#
# One Debian package: a program with its manual and those of its files (man/PAGE.5), licence and changes. A daemon's has its systemd unit, the
# user it runs as and a commented configuration too, and is neither enabled nor started by being installed.

set(TARN_PACKAGE_DATA ${CMAKE_CURRENT_BINARY_DIR}/data)

# Compressed without name and time: the same text makes the same file.
function(tarn_gzip source target)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  execute_process(COMMAND gzip -9nc ${source} OUTPUT_FILE ${target} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(tarn_package_documents name program formats)
  set(documents share/doc/${name})
  file(MAKE_DIRECTORY ${TARN_PACKAGE_DATA}/${name})
  tarn_gzip(${CMAKE_CURRENT_SOURCE_DIR}/packages/changelog ${TARN_PACKAGE_DATA}/changelog.gz)
  install(FILES ${TARN_PACKAGE_DATA}/changelog.gz packages/copyright
    DESTINATION ${documents} COMPONENT ${name})
  file(GLOB manuals ${CMAKE_CURRENT_SOURCE_DIR}/man/${program}.[1-8])
  list(TRANSFORM formats REPLACE "(.+)" "${CMAKE_CURRENT_SOURCE_DIR}/man/\\1.5")
  list(APPEND manuals ${formats})
  foreach(manual IN LISTS manuals)
    cmake_path(GET manual FILENAME page)
    cmake_path(GET page EXTENSION LAST_ONLY section)
    string(SUBSTRING ${section} 1 1 section)
    tarn_gzip(${manual} ${TARN_PACKAGE_DATA}/${page}.gz)
    install(FILES ${TARN_PACKAGE_DATA}/${page}.gz DESTINATION share/man/man${section} COMPONENT ${name})
  endforeach()
endfunction()

# Unit, user, example and the scripts of a daemon's package.
function(tarn_package_daemon name role)
  install(FILES systemd/${name}.service DESTINATION /lib/systemd/system COMPONENT ${name})
  install(FILES packages/sysusers.conf DESTINATION lib/sysusers.d RENAME ${name}.conf COMPONENT ${name})
  install(FILES ${CMAKE_SOURCE_DIR}/profiles/sysadmin/${role}.toml.example
    DESTINATION share/doc/${name}/examples RENAME ${role}.toml COMPONENT ${name})
  set(scripts)
  foreach(script postinst prerm postrm)
    configure_file(packages/${script}.in ${TARN_PACKAGE_DATA}/${name}/${script} @ONLY
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    list(APPEND scripts ${TARN_PACKAGE_DATA}/${name}/${script})
  endforeach()
  string(TOUPPER ${name} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers" PARENT_SCOPE)
endfunction()

macro(tarn_package name)
  cmake_parse_arguments(package "" "SUMMARY;DESCRIPTION;DAEMON;PROGRAM" "FORMATS" ${ARGN})
  if(package_DAEMON)
    set(package_PROGRAM ${name})
    tarn_package_daemon(${name} ${package_DAEMON})
  endif()
  install(TARGETS ${package_PROGRAM} RUNTIME DESTINATION bin COMPONENT ${name})
  if(NOT package_PROGRAM STREQUAL tarn) # that one's are what it prints
    install(FILES completions/daemon.bash DESTINATION share/bash-completion/completions
      RENAME ${package_PROGRAM} COMPONENT ${name})
  endif()
  tarn_package_documents(${name} ${package_PROGRAM} "${package_FORMATS}")
  string(TOUPPER ${name} package_key)
  set(CPACK_DEBIAN_${package_key}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${package_key}_PACKAGE_SECTION net)
  set(CPACK_COMPONENT_${package_key}_DESCRIPTION "${package_SUMMARY}\n${package_DESCRIPTION}")
  list(APPEND CPACK_COMPONENTS_ALL ${name})
endmacro()
