// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

/// Where the JVM starts.
public final class Main {
  private Main() {}

  /// Runs the command line and ends the process with its exit code.
  public static void main(String[] args) {
    Stderr.restore();
    // Pictures are drawn in memory: no display is needed, and macOS shows no icon in its dock.
    System.setProperty("java.awt.headless", "true");
    // What the library logs is a sentence for the user, not a line of a log.
    System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%6$s%n");
    System.exit(new Cli(new HubbleEngine(), Io.ofProcess()).run(args));
  }
}
