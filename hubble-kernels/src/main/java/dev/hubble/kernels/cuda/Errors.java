// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DeviceException;
import dev.hubble.kernels.DeviceException.Kind;

/// What the driver's error codes mean for a user: a sentence, and whose problem it is. Codes are
/// those of `CUresult` in cuda.h.
final class Errors {
  static final int OUT_OF_MEMORY = 2;

  private static final String REPORT =
      "Please report this with the output of hubble doctor; --device cpu works without the GPU";
  private static final String RESTART =
      "Restart the program; if it comes again, look for Xid messages of the driver in dmesg, or use --device cpu";

  private Errors() {}

  /// The exception for a call that gave `code`.
  ///
  /// @param name the driver's name for the code
  static DeviceException of(int code, String name, String call) {
    return new DeviceException(kind(code), name, call, sentence(code, name, call));
  }

  static Kind kind(int code) {
    return switch (code) {
      case OUT_OF_MEMORY -> Kind.OUT_OF_MEMORY;
      case 34, 35, 46, 100, 101, 209, 218, 222, 802, 803, 804 -> Kind.UNAVAILABLE;
      default -> lost(code) ? Kind.LOST : Kind.FAILED;
    };
  }

  /// Whether every later call will fail too.
  static boolean lost(int code) {
    return switch (code) {
      case 4, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 999 -> true;
      default -> false;
    };
  }

  /// `The GPU ran into an illegal address (CUDA_ERROR_ILLEGAL_ADDRESS in cuStreamSynchronize). ...`
  static String sentence(int code, String name, String call) {
    return meaning(code) + " (" + name + " in " + call + "). " + advice(code) + ".";
  }

  /// The sentence where the driver has not told a name.
  static String sentence(int code, String call) {
    return sentence(code, "CUDA error " + code, call);
  }

  private static String meaning(int code) {
    return switch (code) {
      case OUT_OF_MEMORY -> "The GPU has too little free memory";
      case 34 -> "The NVIDIA driver is only a stub";
      case 35 -> "The NVIDIA driver is too old";
      case 46 -> "The GPU is in use by another process that does not share it";
      case 100 -> "The NVIDIA driver finds no GPU";
      case 101 -> "There is no GPU of that number";
      case 209 -> "Hubble has no kernels for this GPU";
      case 218, 222 -> "The NVIDIA driver cannot translate Hubble's kernels for this GPU";
      case 214, 220, 226 -> "The GPU found an error in its memory that it could not correct";
      case 700 -> "A kernel touched memory that is not its own";
      case 702 -> "A kernel took too long and was stopped";
      case 802 -> "The GPU is not ready yet";
      case 803, 804 -> "The NVIDIA driver's parts are of different versions";
      case 500 -> "A kernel is missing from Hubble's kernels";
      default -> lost(code) ? "The GPU stopped working" : "The NVIDIA driver refused a call";
    };
  }

  private static String advice(int code) {
    return switch (code) {
      case OUT_OF_MEMORY ->
          "Ask for smaller or fewer pictures, end other programs that use the GPU (nvidia-smi lists them), or use --device cpu";
      case 34, 35 -> "Install the NVIDIA driver 580 or later";
      case 46 ->
          "nvidia-smi names it; wait for it, choose another GPU with --device cuda:N, or set the compute mode to default (nvidia-smi -c 0)";
      case 100, 101 -> "hubble doctor lists the devices";
      case 209, 218, 222 -> "Use --device cpu, or a newer Hubble or driver";
      case 702 -> "A display on this GPU limits how long a kernel may run: use another GPU";
      case 802 -> "Wait for the driver's services (nvidia-fabricmanager) and try again";
      case 803, 804 -> "Reboot after updating the driver";
      default -> lost(code) ? RESTART : REPORT;
    };
  }
}
