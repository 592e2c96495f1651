// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

/// Why JavaCPP's bindings of the CUDA driver did not load, in words.
final class Bindings {
  private Bindings() {}

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
