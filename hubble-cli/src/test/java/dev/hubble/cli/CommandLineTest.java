// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/// A command line in a folder of its own, in front of an engine that draws nothing real.
abstract class CommandLineTest {
  @TempDir Path folder;
  final FakeEngine engine = new FakeEngine();
  String in = "";
  int columns;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  int run(String... args) {
    var io =
        new Io(
            new ByteArrayInputStream(in.getBytes(UTF_8)),
            new PrintWriter(out),
            new PrintWriter(err),
            columns,
            folder);
    return new Cli(engine, io).run(args);
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }

  List<String> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
