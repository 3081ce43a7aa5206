# Functions shared by the runtime and the compiler.

# Strict warnings and, if asked for, sanitizers; for our own C++ outside MLIR.
function(fot_runtime_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror=return-type
    -fno-rtti -fvisibility=hidden)
  if(FOTC_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${FOTC_SANITIZE}
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${FOTC_SANITIZE})
  endif()
endfunction()

# fot_flatbuffers(NAME schema.fbs): generates schema_generated.h and an
# interface target NAME. FOT_SCHEMA_HASH is the hash of the schema's text.
function(fot_flatbuffers name schema)
  find_program(FLATC flatc REQUIRED)
  get_filename_component(stem ${schema} NAME_WE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/include/fot/schema)
  add_custom_command(OUTPUT ${out}/${stem}_generated.h
    COMMAND ${FLATC} --cpp --cpp-std c++17 --scoped-enums --gen-mutable
            --gen-object-api -o ${out} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${schema})
  add_custom_target(${name}Gen DEPENDS ${out}/${stem}_generated.h)
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE
    ${CMAKE_CURRENT_BINARY_DIR}/include)
  file(SHA256 ${CMAKE_CURRENT_SOURCE_DIR}/${schema} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${schema})
  string(TOUPPER ${stem} upper)
  target_compile_definitions(${name} INTERFACE
    FOT_${upper}_SCHEMA_HASH=0x${hash}ull)
  add_dependencies(${name} ${name}Gen)
endfunction()

# fot_add_unit_test(name SOURCES ... LINK ...): a GoogleTest binary in bin/unit.
function(fot_add_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
    ${CMAKE_BINARY_DIR}/bin/unit)
  if(FOTC_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${FOTC_SANITIZE})
    target_link_options(${name} PRIVATE -fsanitize=${FOTC_SANITIZE})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_property(GLOBAL APPEND PROPERTY FOT_UNIT_TESTS ${name})
endfunction()
