// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

/// A weight file is missing, damaged or not what it should be. The message is one sentence: which
/// file, which tensor, what was expected, what to do.
public class WeightsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WeightsException(String message) {
    super(message);
  }

  public WeightsException(String message, Throwable cause) {
    super(message, cause);
  }
}
