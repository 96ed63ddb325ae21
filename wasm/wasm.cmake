# SPDX-License-Identifier: MIT
#
# The modules of web/dist: bare .wasm, no generated JavaScript, no imports.

set(PN_DIST ${PROJECT_SOURCE_DIR}/web/dist)
set(CMAKE_EXECUTABLE_SUFFIX .wasm)
# Small: memory grows once, when the head and the engine are placed. Stack first: running out of it traps.
set(PN_WASM_LINK -Os --no-entry -Wl,--stack-first -sSTANDALONE_WASM -sMALLOC=emmalloc -sALLOW_MEMORY_GROWTH
                 -sINITIAL_MEMORY=1MB -sTOTAL_STACK=64kB
                 -sFILESYSTEM=0 -sSUPPORT_LONGJMP=0 -sERROR_ON_UNDEFINED_SYMBOLS=1)

# pn_wasm(<file name> "<sources>" <library> [flags])
function(pn_wasm name sources library)
    list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/wasm/)
    add_executable(${name} ${sources})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    # Exports have no caller in C, and so no prototype.
    target_compile_options(${name} PRIVATE ${PN_FLAGS} ${ARGN} -Os ${PN_WARNINGS} -Wno-missing-prototypes)
    target_compile_definitions(${name} PRIVATE NDEBUG)
    target_link_options(${name} PRIVATE ${PN_WASM_LINK} ${ARGN})
    target_link_libraries(${name} PRIVATE ${library})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PN_DIST} SUFFIX .wasm)
endfunction()

# What runs at start, or once a hop, or mostly calls others, is built for size: 12 kB less, the same arithmetic.
set(PN_SMALL hrtf/pn_head_file hrtf/pn_field_file hrtf/pn_hrtf_load hrtf/pn_hrtf_load_field hrtf/pn_leak
             hrtf/pn_near_field hrtf/pn_refit hrtf/pn_refit_basis hrtf/pn_triangulation
             nn/pn_model_file nn/pn_nn_dense_pack nn/pn_safetensors nn/pn_safetensors_write
             dsp/pn_air dsp/pn_fft_f64 dsp/pn_resample dsp/pn_short_delay dsp/pn_limiter
             render/pn_engine render/pn_law render/pn_mend render/pn_motion render/pn_player
             hrtf/pn_decoder math/pn_harmonics render/pn_apart render/pn_trail render/pn_wide)
list(TRANSFORM PN_SMALL REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/src/\\1.c")
set_source_files_properties(${PN_SMALL} PROPERTIES COMPILE_OPTIONS -Oz)

# As fast, and 3 kB smaller; the scalar module, which is slow anyhow, has no room for speed here.
set(PN_BALANCED render/pn_source render/pn_source_key render/pn_source_slot render/pn_source_window
                render/pn_equalizer hrtf/pn_hrtf hrtf/pn_hrtf_field nn/pn_field)
list(TRANSFORM PN_BALANCED REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/src/\\1.c")
set_source_files_properties(${PN_BALANCED} PROPERTIES COMPILE_OPTIONS
                            $<IF:$<STREQUAL:$<TARGET_PROPERTY:NAME>,pinna_plain>,-Oz,-O2>)

pn_library(pinna_simd -msimd128 -fno-vectorize -fno-slp-vectorize) # the lanes are written; 2.5 kB less, as fast
pn_library(pinna_plain -Oz -flto) # where there is no SIMD, small
pn_wasm(pinna "exports.c;plain_head.c;resample_exports.c;selftest.c" pinna_simd -msimd128)
# With the dense LINN; loaded only where it is asked for.
pn_wasm(pinna-linn "exports.c;plain_head.c;resample_exports.c;selftest.c;linn_exports.c" pinna_simd -msimd128)
# With ambisonic sound fields; likewise.
pn_wasm(pinna-soundfield "exports.c;resample_exports.c;selftest.c;soundfield_exports.c" pinna_simd -msimd128)
pn_wasm(pinna-scalar "exports.c;plain_head.c;resample_exports.c;selftest.c" pinna_plain)

file(GLOB PN_BAKE_EXPORTS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/wasm/bake_exports.c)
if(PN_BAKE_EXPORTS)
    pn_wasm(pinna-bake "bake_exports.c;resample_exports.c" pinna_simd -msimd128)
endif()

# The reference renderer, for Node: no page loads it.
pn_wasm(pinna-exact "exact_exports.c" pinna_simd -msimd128)

include(tests/bench/wasm.cmake)
