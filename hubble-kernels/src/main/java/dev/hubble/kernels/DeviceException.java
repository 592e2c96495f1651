// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// Something that a device refused or broke at, in one sentence that says what to do about it.
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Whose problem it is.
  public enum Kind {
    /// The device cannot be used here at all: no driver, a driver that is too old, no GPU.
    UNAVAILABLE,
    /// The device has too little memory left.
    OUT_OF_MEMORY,
    /// The device stopped working in the middle. Only closing the backend is possible now.
    LOST,
    /// Any other call that failed: a fault of Hubble's or of the installation.
    FAILED
  }

  private final Kind kind;
  private final String error;
  private final String call;

  /// An error of a device.
  ///
  /// @param kind whose problem it is
  /// @param error the device's own name for it: `CUDA_ERROR_OUT_OF_MEMORY`; empty if it has none
  /// @param call the driver's function that failed: `cuMemAlloc`; empty if none was called
  /// @param message what happened and what to do
  public DeviceException(Kind kind, String error, String call, String message) {
    super(message);
    this.kind = kind;
    this.error = error;
    this.call = call;
  }

  /// The device cannot be used, for the reason given.
  public static DeviceException unavailable(String reason) {
    return new DeviceException(Kind.UNAVAILABLE, "", "", reason);
  }

  /// Whose problem it is.
  public Kind kind() {
    return kind;
  }

  /// The device's own name for the error: `CUDA_ERROR_OUT_OF_MEMORY`; empty if it has none.
  public String error() {
    return error;
  }

  /// The driver's function that failed: `cuMemAlloc`; empty if none was called.
  public String call() {
    return call;
  }
}
