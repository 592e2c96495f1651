// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// NVIDIA's compiler as a library, called directly: so it needs no driver and no GPU.
@SuppressWarnings("restricted") // calling the compiler is what this is for
final class Nvrtc {
  private final SymbolLookup library;

  /// What became of a source file.
  ///
  /// @param code machine code, or PTX
  /// @param log what the compiler and the assembler said
  record Result(byte[] code, String log) {}

  /// Loads the compiler from `folder`, where `libnvrtc.so.13` and its builtins lie.
  Nvrtc(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      // The compiler looks for it by name.
      var builtins =
          files
              .filter(f -> f.getFileName().toString().startsWith("libnvrtc-builtins.so"))
              .findFirst()
              .orElseThrow(() -> new IOException("there is no libnvrtc-builtins.so in " + folder));
      System.load(builtins.toString());
    }
    library = SymbolLookup.libraryLookup(folder.resolve("libnvrtc.so.13"), Arena.global());
  }

  /// `13.3`
  String version() {
    try (var arena = Arena.ofConfined()) {
      var major = arena.allocate(JAVA_INT);
      var minor = arena.allocate(JAVA_INT);
      call("nvrtcVersion", major, minor);
      return major.get(JAVA_INT, 0) + "." + minor.get(JAVA_INT, 0);
    }
  }

  /// Compiles a file to machine code, or to PTX if `ptx`.
  Result compile(Path source, List<String> options, boolean ptx) throws IOException {
    try (var arena = Arena.ofConfined()) {
      var handle = arena.allocate(ADDRESS);
      call(
          "nvrtcCreateProgram",
          handle,
          arena.allocateFrom(Files.readString(source)),
          arena.allocateFrom(source.getFileName().toString()),
          0,
          MemorySegment.NULL,
          MemorySegment.NULL);
      var program = handle.get(ADDRESS, 0);
      try {
        var list = arena.allocate(ADDRESS, options.size());
        for (int i = 0; i < options.size(); i++) {
          list.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
        }
        int error = invoke("nvrtcCompileProgram", program, options.size(), list);
        var log = text(bytes(arena, program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog"));
        if (error != 0) {
          throw new IOException(source + " with " + options + " does not compile:\n" + log);
        }
        var code =
            ptx
                ? bytes(arena, program, "nvrtcGetPTXSize", "nvrtcGetPTX")
                : bytes(arena, program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN");
        return new Result(code, log);
      } finally {
        call("nvrtcDestroyProgram", handle);
      }
    }
  }

  private byte[] bytes(Arena arena, MemorySegment program, String size, String get) {
    var n = arena.allocate(JAVA_LONG);
    call(size, program, n);
    var memory = arena.allocate(n.get(JAVA_LONG, 0));
    call(get, program, memory);
    return memory.toArray(JAVA_BYTE);
  }

  private static String text(byte[] zeroTerminated) {
    return new String(
        zeroTerminated,
        0,
        Math.max(0, zeroTerminated.length - 1),
        java.nio.charset.StandardCharsets.UTF_8);
  }

  private void call(String name, Object... arguments) {
    int error = invoke(name, arguments);
    if (error != 0) {
      throw new IllegalStateException(name + " failed with error " + error);
    }
  }

  private int invoke(String name, Object... arguments) {
    var layouts =
        Arrays.stream(arguments)
            .map(a -> a instanceof Integer ? (MemoryLayout) JAVA_INT : ADDRESS)
            .toArray(MemoryLayout[]::new);
    var symbol = library.find(name).orElseThrow(() -> new IllegalStateException("no " + name));
    try {
      return (int)
          Linker.nativeLinker()
              .downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, layouts))
              .invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
