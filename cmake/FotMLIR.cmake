# Finds the pinned LLVM/MLIR, and defines how compiler libraries and tools are
# built: one shared precompiled header, linked against libMLIR.so/libLLVM.so.
find_package(MLIR REQUIRED CONFIG)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "fotc needs LLVM 22, found ${LLVM_PACKAGE_VERSION}")
endif()
set(MLIR_BINARY_DIR ${CMAKE_BINARY_DIR})
set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/lib)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include(HandleLLVMOptions)
set(MLIR_LINK_MLIR_DYLIB ON)
# HandleLLVMOptions may lower the standard; the project is C++20 throughout.
set(CMAKE_CXX_STANDARD 20)

include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
# LLVM_DEFINITIONS is one string; add_definitions would mangle it.
separate_arguments(LLVM_DEFINITIONS_LIST NATIVE_COMMAND ${LLVM_DEFINITIONS})
add_definitions(${LLVM_DEFINITIONS_LIST})

# Lets ccache cache the precompiled header.
set(FOT_PCH_OPTIONS "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>")
add_library(fot_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
llvm_update_compile_flags(fot_pch)
target_compile_options(fot_pch PRIVATE ${FOT_PCH_OPTIONS})
target_precompile_headers(fot_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch.h)

# fot_add_compiler_library(NAME sources... [DEPENDS tablegen...] [LINK libs...]
#                          [NO_PCH])
function(fot_add_compiler_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  llvm_update_compile_flags(${name})
  target_compile_options(${name} PRIVATE ${FOT_PCH_OPTIONS})
  if(NOT ARG_NO_PCH)
    target_precompile_headers(${name} REUSE_FROM fot_pch)
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# fot_add_compiler_tool(NAME sources... [LINK libs...] [PLUGINS])
# With PLUGINS, the tool loads pass plugins, which find the fot dialect in it.
function(fot_add_compiler_tool name)
  cmake_parse_arguments(ARG "PLUGINS" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  llvm_update_compile_flags(${name})
  target_compile_options(${name} PRIVATE ${FOT_PCH_OPTIONS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  set_target_properties(${name} PROPERTIES
    BUILD_RPATH ${LLVM_LIBRARY_DIR} INSTALL_RPATH ${LLVM_LIBRARY_DIR}
    ENABLE_EXPORTS ${ARG_PLUGINS})
endfunction()

string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
if("${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}" MATCHES "-DNDEBUG")
  set(FOTC_PLUGIN_NDEBUG -DNDEBUG)
else()
  set(FOTC_PLUGIN_NDEBUG -UNDEBUG)
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/FOTCConfig.cmake.in
  ${PROJECT_BINARY_DIR}/FOTCConfig.cmake @ONLY)
