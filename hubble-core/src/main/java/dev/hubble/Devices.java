// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.DType;
import dev.hubble.kernels.DeviceException;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Precision;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Opens devices, and says of their errors whose problem it is.
final class Devices {
  private Devices() {}

  static Ops open(LoadOptions options) {
    try {
      var dtype = dtype(options.dtype());
      var precision = options.exact() ? Precision.EXACT : Precision.FAST;
      return Backends.open(
          options.device(),
          new Backends.Options(options.threads(), precision, dtype, options.lowMemory()));
    } catch (IllegalArgumentException e) {
      throw new HubbleException.BadRequest(e.getMessage(), e);
    } catch (DeviceException e) {
      throw new HubbleException.Device(
          e.kind() == DeviceException.Kind.UNAVAILABLE
              ? "The device %s cannot be used: %s.".formatted(options.device(), ended(e))
              : e.getMessage(),
          e);
    }
  }

  private static String ended(DeviceException e) {
    var message = String.valueOf(e.getMessage());
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private static @Nullable DType dtype(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "auto" -> null;
      case "f32" -> DType.F32;
      case "f16" -> DType.F16;
      case "bf16" -> DType.BF16;
      default ->
          throw new IllegalArgumentException(
              "There is no number format \"" + name + "\"; there are auto, f32, f16 and bf16.");
    };
  }

  /// The exception for callers of the library: a device's own becomes one of Hubble's.
  static RuntimeException explained(Throwable e) {
    return switch (e) {
      case DeviceException d when d.kind() == DeviceException.Kind.OUT_OF_MEMORY ->
          new HubbleException.OutOfMemory(String.valueOf(d.getMessage()), d);
      case DeviceException d -> new HubbleException.Device(d.getMessage(), d);
      case RuntimeException r -> r;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
