// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// `java Stored.java FOLDER`: writes every `.gz` in the folder anew without compressing it. For an archive that compresses everything
/// together, in which kernels compiled for several GPUs, which are much alike, then take half the room.
class Stored {
  public static void main(String[] args) throws IOException {
    try (var files = Files.walk(Path.of(args[0]))) {
      for (var file : files.filter(f -> f.toString().endsWith(".gz")).toList()) {
        byte[] bytes;
        try (var in = new GZIPInputStream(Files.newInputStream(file))) {
          bytes = in.readAllBytes();
        }
        try (var out = new Plain(Files.newOutputStream(file))) {
          out.write(bytes);
        }
      }
    }
  }

  private static final class Plain extends GZIPOutputStream {
    Plain(OutputStream to) throws IOException {
      super(to);
      def.setLevel(0);
    }
  }
}
