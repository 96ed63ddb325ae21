# SPDX-License-Identifier: MIT
#
# The kernels of `npm run bench` as modules of their own, and what nn-wasm.test.mjs asks; only they build these.

foreach(library pinna_simd pinna_plain)
    set(PN_BENCH_FLAGS $<$<STREQUAL:${library},pinna_simd>:-msimd128>)
    set(name bench-${library})
    pn_wasm(${name} "../tests/bench/kernels.c;../tests/bench/kernels_exports.c" ${library} ${PN_BENCH_FLAGS})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endforeach()

pn_wasm(bench-nn "../tests/bench/nn_kernels.c;../tests/bench/kernels_exports.c;../tests/bench/nn_exports.c"
        pinna_simd -msimd128)
# What is timed in a register-only loop is built like the library.
set_source_files_properties(${PROJECT_SOURCE_DIR}/wasm/../tests/bench/nn_kernels.c PROPERTIES COMPILE_OPTIONS -O3)
target_include_directories(bench-nn PRIVATE ${PROJECT_SOURCE_DIR}/tests)
set_target_properties(bench-nn PROPERTIES EXCLUDE_FROM_ALL ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

foreach(library pinna_simd pinna_plain)
    set(PN_DIGEST_FLAGS $<$<STREQUAL:${library},pinna_simd>:-msimd128>)
    set(name nn-digest-${library})
    pn_wasm(${name} "../tests/support/nn_digest.c;../tests/bench/nn_digest_exports.c" ${library} ${PN_DIGEST_FLAGS})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endforeach()
