// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.Safety;
import java.io.PrintWriter;

/// What a user should know about a result.
final class Notes {
  private Notes() {}

  /// Says what of the prompt was left out.
  static void truncation(Generated generated, PrintWriter err) {
    if (!generated.tokens().truncated().isEmpty()) {
      err.printf(
          "Note: the prompt has %d tokens and the model reads %d; left out: \"%s\"%n",
          generated.tokens().untruncated(),
          generated.tokens().ids().size(),
          generated.tokens().truncated());
    }
  }

  /// Says what the safety checker found. Said even with `--quiet`: nobody may wonder where a
  /// picture is.
  static void safety(Generated generated, PrintWriter err) {
    var safety = generated.safety();
    if (safety.flagged() > 0) {
      err.printf(
          "Note: the safety checker found something in %d of %d pictures%s.%n",
          safety.flagged(),
          safety.verdicts().size(),
          safety.mode() == Safety.BLOCK ? ", which are left out" : "; they are there");
    }
  }
}
