// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;

/// A library of NVIDIA's that a ladder is compared with. It ends with the process.
interface Library {
  /// `cuBLAS 13.1.0`
  String version();

  /// Why JavaCPP could not load the library whose files these are; empty if it can, as far as one
  /// sees.
  @SuppressWarnings("restricted") // to see whether there is a library
  static String obstacle(List<String> files) {
    for (var file : files) {
      try (var arena = Arena.ofConfined()) {
        SymbolLookup.libraryLookup(file, arena);
      } catch (IllegalArgumentException e) {
        return file + " is not where the loader looks (LD_LIBRARY_PATH says where else)";
      }
    }
    return "";
  }
}
