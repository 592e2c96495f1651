// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;

/// Why JavaCPP's bindings of the CUDA driver did not load, in words.
final class Bindings {
  private static final String CUDART = "libcudart.so.13";
  private static final String PACKED = "/org/bytedeco/cuda/linux-x86_64/" + CUDART;

  private Bindings() {}

  /// Why the bindings will not load, found out before they try, which takes a tenth of a second and
  /// spoils their classes; empty if nothing is known to be in the way.
  @SuppressWarnings("restricted") // to see whether there is a library
  static String obstacle() {
    if (Bindings.class.getResource(PACKED) != null) {
      return "";
    }
    try (var arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(CUDART, arena);
      return "";
    } catch (IllegalArgumentException e) {
      return CUDART + " could not be loaded; it is part of Hubble's jar, but not of this program";
    }
  }

  /// What to do about an error that came up on first use of the bindings.
  static String explain(Throwable error) {
    var causes = new StringBuilder();
    for (Throwable t = error; t != null; t = t.getCause()) {
      causes.append(t).append('\n');
      if (t instanceof IllegalCallerException) {
        return "Java was told not to load native libraries; start it with --enable-native-access=ALL-UNNAMED";
      }
    }
    var text = causes.toString();
    if (text.contains("GLIBC_")) {
      return "the CUDA bindings need glibc 2.34 or later (Ubuntu 22.04, Debian 12, RHEL 9)";
    }
    if (text.contains("libcudart")) {
      return "libcudart.so.13 could not be loaded, which is in Hubble's jar: " + first(error);
    }
    if (text.contains("org/bytedeco") || text.contains("org.bytedeco")) {
      return "org.bytedeco:cuda and javacpp with their linux-x86_64 jars are not all on the class path: "
          + first(error);
    }
    return "the CUDA bindings could not be loaded: " + first(error);
  }

  private static String first(Throwable error) {
    return String.valueOf(error.getMessage()).lines().findFirst().orElse("no message");
  }
}
