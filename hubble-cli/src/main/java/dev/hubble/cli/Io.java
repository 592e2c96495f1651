// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where the command reads and writes. Tests put their own in its place.
///
/// @param in what is piped in
/// @param out results, and nothing else: scripts read it
/// @param err progress, notes and errors
/// @param columns the width of the terminal that `err` is, 0 if it is none
/// @param folder the folder that relative names start from
record Io(InputStream in, PrintWriter out, PrintWriter err, int columns, Path folder) {
  private static final String COLUMNS = "hubble.columns";

  /// The streams of this process. `out` is always UTF-8, as JSON must be.
  static Io ofProcess() {
    return new Io(
        System.in,
        writer(FileDescriptor.out, UTF_8),
        writer(FileDescriptor.err, System.err.charset()),
        terminalColumns(),
        Path.of(""));
  }

  private static PrintWriter writer(FileDescriptor descriptor, Charset charset) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), charset), /* autoFlush= */ true);
  }

  /// The launcher asks about stderr itself. Java can only ask about stdin and stdout together
  /// (`Console.isTerminal`), which is the wrong question for `picture=$(hubble ...)`.
  private static int terminalColumns() {
    Integer columns = Integer.getInteger(COLUMNS);
    if (columns != null) {
      return columns;
    }
    return stderrLooksLikeATerminal() ? 80 : 0;
  }

  private static boolean stderrLooksLikeATerminal() {
    Path stderr = Path.of("/proc/self/fd/2");
    if (Files.exists(stderr)) {
      try {
        String target = Files.readSymbolicLink(stderr).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
      } catch (IOException e) {
        return false;
      }
    }
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }
}
