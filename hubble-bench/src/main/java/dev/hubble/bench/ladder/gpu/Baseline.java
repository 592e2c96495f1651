// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What became of a ladder's baseline: its time, or why there is none.
///
/// @param name the library, with its version if it was measured
/// @param millis NaN if there is none
/// @param reason why; empty if there is a time
public record Baseline(String name, double millis, String reason) {
  private static final int SECONDS = 300;

  /// Measures it, in a process of its own with the flags of this one. Never fails.
  public static Baseline measure(GpuLadder ladder, int gpu, String shape, int repetitions) {
    var command = new ArrayList<String>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(flag -> flag.startsWith("-D") || flag.startsWith("--"))
            .toList());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), BaselineProgram.class.getName()));
    command.addAll(List.of(ladder.name(), String.valueOf(gpu), shape, String.valueOf(repetitions)));
    return parse(ladder.baseline(), run(command));
  }

  /// The baseline of what its process has printed.
  static Baseline parse(String name, String said) {
    var lines = said.lines().toList();
    for (var line : lines) {
      if (line.startsWith(BaselineProgram.TIME)) {
        var words = line.substring(BaselineProgram.TIME.length()).split(" ", 2);
        return new Baseline(words[1], Double.parseDouble(words[0]), "");
      }
      if (line.startsWith(BaselineProgram.REASON)) {
        return none(name, line.substring(BaselineProgram.REASON.length()));
      }
    }
    return none(name, lines.isEmpty() ? "it said nothing" : lines.getLast());
  }

  private static Baseline none(String name, String reason) {
    return new Baseline(name, Double.NaN, reason.replace('|', '/'));
  }

  private static String run(List<String> command) {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      // Read beside waiting: a full pipe would stop the process, a hanging one the reader.
      var said = new StringBuilder();
      var reader =
          Thread.ofVirtual()
              .start(() -> {
                try (var in = process.getInputStream()) {
                  said.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException e) {
                  said.append(e.getMessage());
                }
              });
      boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      reader.join();
      if (!ended) {
        return BaselineProgram.REASON + "it was not done after " + SECONDS + " seconds";
      }
      int code = process.exitValue();
      return said + (code == 0 ? "" : "\nits process ended with " + code);
    } catch (IOException e) {
      return BaselineProgram.REASON + "its process did not start: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return BaselineProgram.REASON + "interrupted";
    }
  }
}
