// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;

/// The JVM warns of incubator modules on every start, and cannot be told not to. The launcher has
/// that one line filtered out of stderr and keeps the real stderr as another file descriptor, which
/// takes its place again here, before anything of ours is written.
final class Stderr {
  /// The file descriptor of the real stderr; set by the launcher.
  private static final String PROPERTY = "hubble.stderr";

  private Stderr() {}

  // Calls into the C library are restricted; the launcher grants them.
  @SuppressWarnings("restricted")
  static void restore() {
    Integer real = Integer.getInteger(PROPERTY);
    if (real == null) {
      return;
    }
    try {
      Linker linker = Linker.nativeLinker();
      var dup2 =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("dup2"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
      int _ = (int) dup2.invokeExact((int) real, 2);
    } catch (Throwable e) {
      // Everything still arrives, through the filter.
      System.getLogger(Stderr.class.getName()).log(System.Logger.Level.DEBUG, "no dup2", e);
    }
  }
}
