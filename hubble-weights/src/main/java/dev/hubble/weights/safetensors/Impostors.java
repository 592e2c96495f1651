// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.FileBytes;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What people really find under the name of a weight file when it is none. The first eight bytes
/// of each of these would be a header length beyond the limit.
final class Impostors {
  private Impostors() {}

  static @Nullable WeightsException recognise(FileBytes bytes) {
    byte[] first = bytes.segment().asSlice(0, 8).toArray(JAVA_BYTE);
    String text = new String(first, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    String what =
        text.equals("version ")
            ? "a Git LFS pointer instead of the weights; run \"git lfs pull\" or download the file itself"
            : text.startsWith("<!docty") || text.startsWith("<html")
                ? "a web page instead of weights; download the file itself"
                : text.startsWith("pk\3\4")
                    ? "a zip archive, probably a PyTorch file under a wrong name; call it .bin or .ckpt"
                    : null;
    return what == null ? null : new WeightsException(bytes.file() + " is " + what + ".");
  }
}
