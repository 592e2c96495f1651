// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

/// What the process ends with. Scripts rely on these.
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  /// What a shell reports for a program that Ctrl-C ended: 128 + SIGINT.
  static final int CANCELLED = 130;

  private ExitCode() {}
}
