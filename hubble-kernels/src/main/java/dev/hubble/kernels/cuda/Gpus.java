// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The GPUs of this machine by name: `cuda:0`, `cuda:1`, ...
public final class Gpus {
  /// Lets `auto` take a GPU: the kernels have been proven by emulation alone, and a backend that no
  /// GPU has confirmed is for those who ask for it.
  private static final String AUTO = "hubble.cuda.auto";

  private Gpus() {}

  /// Whether `auto` may take a GPU.
  public static boolean chosenByAuto() {
    return Boolean.getBoolean(AUTO);
  }

  /// The GPUs; `cuda` alone if there are none, to ask why.
  public static List<String> names() {
    int n = Probe.run().devices();
    return n == 0 ? List.of("cuda") : IntStream.range(0, n).mapToObj(i -> "cuda:" + i).toList();
  }

  /// Opens `cuda`, which is the first, or `cuda:N`.
  ///
  /// @param dtype null for `F16`
  /// @throws IllegalArgumentException if the name has another form
  /// @throws dev.hubble.kernels.DeviceException if it cannot be used; the message says why and what
  ///   to do
  public static Ops open(String name, @Nullable DType dtype) {
    return CudaOps.open(ordinal(name), dtype == null ? DType.F16 : dtype);
  }

  private static int ordinal(String name) {
    if (name.equals("cuda")) {
      return 0;
    }
    var number = name.substring(name.indexOf(':') + 1);
    if (!number.matches("[0-9]{1,4}")) {
      throw new IllegalArgumentException(
          "There is no device \"" + name + "\"; GPUs are called cuda:0, cuda:1, and so on.");
    }
    return Integer.parseInt(number);
  }
}
