# SPDX-License-Identifier: MIT
#
# web/dist/pinna-linn-relaxed.wasm: pinna-linn.wasm with fused multiply-adds, where the browser has relaxed SIMD. The
# dense LINN gains a fifth; the measured renderers gain nothing (tests/bench/IDEAS.md), and have no such build.
# It is optimised for speed throughout: nobody loads it who does not want the dense LINN.

set(PN_WARNINGS -w) # the other builds warn; this compiler knows more kinds
pn_library(pinna_relaxed -msimd128 -mrelaxed-simd)
set(PN_RELAXED_SOURCES exports.c plain_head.c resample_exports.c selftest.c linn_exports.c)
list(TRANSFORM PN_RELAXED_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/wasm/)
add_executable(pinna-linn-relaxed ${PN_RELAXED_SOURCES})
target_include_directories(pinna-linn-relaxed PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_options(pinna-linn-relaxed PRIVATE ${PN_FLAGS} -msimd128 -mrelaxed-simd ${PN_WARNINGS})
target_compile_definitions(pinna-linn-relaxed PRIVATE NDEBUG)
target_link_libraries(pinna-linn-relaxed PRIVATE pinna_relaxed)
set_target_properties(pinna-linn-relaxed PROPERTIES SUFFIX .wasm
                      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/web/dist)
