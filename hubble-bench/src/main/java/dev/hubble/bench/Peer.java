// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// PyTorch in a process of its own that computes when told to. It runs `peer.py`, a resource.
final class Peer implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final BufferedWriter in;
  private final String version;

  private Peer(Process process) throws IOException {
    this.process = process;
    out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    in = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), UTF_8));
    version = answer();
  }

  /// Starts it.
  ///
  /// @throws IllegalStateException if there is no Python or no PyTorch here
  static Peer start(String python, Path file, String dtype, int threads, boolean channelsLast)
      throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "There is no file \"" + file + "\" with PyTorch's networks; --peer names it.");
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            python,
            "-c",
            script(),
            file.toString(),
            dtype,
            String.valueOf(threads),
            String.valueOf(channelsLast));
    Process process;
    try {
      process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "\""
              + python
              + "\" cannot be started, so there is nothing to compare with: "
              + e.getMessage(),
          e);
    }
    return new Peer(process);
  }

  private static String script() {
    try (var in = Objects.requireNonNull(Peer.class.getResourceAsStream("peer.py"))) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// PyTorch's version.
  String version() {
    return version;
  }

  /// Makes a network, in the place of the one before.
  void load(String network) throws IOException {
    tell(network);
  }

  /// Runs it once.
  double milliseconds() throws IOException {
    return Double.parseDouble(tell("run"));
  }

  private String tell(String word) throws IOException {
    in.write(word);
    in.newLine();
    in.flush();
    return answer();
  }

  private String answer() throws IOException {
    var line = out.readLine();
    if (line == null || line.startsWith("error ")) {
      process.destroy();
      throw new IllegalStateException(
          "PyTorch's side does not work: " + (line == null ? "it has ended." : line.substring(6)));
    }
    return line;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
