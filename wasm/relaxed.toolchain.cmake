# SPDX-License-Identifier: MIT
#
# clang 19 for wasm32 with Debian's wasi-libc. Debian's Emscripten knows only an older encoding of relaxed SIMD, which
# no browser accepts. The linker is called by its own name: clang's driver would run a wasm-opt that refuses these
# modules.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(PN_RELAXED_RUNTIME /usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a)
set(CMAKE_C_LINK_EXECUTABLE "wasm-ld-19 --no-entry --gc-sections --strip-all --stack-first -z stack-size=65536 \
<OBJECTS> <LINK_LIBRARIES> -L/usr/lib/wasm32-wasi -lc ${PN_RELAXED_RUNTIME} -o <TARGET>")
