// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/// Compiles one source file for one target: the image, and beside it what the index says of it.
///
/// A program of its own, because the compiler remembers: the twentieth file that one process
/// compiles can become other code than the same file compiled first. In a new process it nearly
/// always becomes the same.
final class PackCompiler {
  static final List<String> OPTIONS = List.of("--std=c++17", "--no-cache");

  // NVRTC writes the newest version of PTX, which older drivers refuse, though these kernels use
  // nothing newer than this one.
  private static final String PTX_VERSION = "8.0";

  private static final Pattern KERNEL =
      Pattern.compile("Compiling entry function '(\\w+)' for '\\w+'");
  private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers(.*)");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  private PackCompiler() {}

  /// Compiles.
  ///
  /// @param args the folder with the compiler, the folder with the sources (and, after a colon,
  ///   another with what they include), the file without `.cu`, the target, the folder of the pack
  public static void main(String[] args) throws IOException {
    var nvrtc = new Nvrtc(Path.of(args[0]).toAbsolutePath());
    compile(nvrtc, args[1].split(":", -1), args[2], args[3], Path.of(args[4]));
  }

  private static void compile(Nvrtc nvrtc, String[] folders, String unit, String target, Path out)
      throws IOException {
    boolean ptx = target.startsWith("compute_");
    var options = new ArrayList<>(OPTIONS);
    options.add("--gpu-architecture=" + target);
    for (var folder : folders) {
      options.add("-I" + folder);
    }
    if (!ptx) {
      options.add("--ptxas-options=-v");
    }
    var result = nvrtc.compile(Path.of(folders[0], unit + ".cu"), options, ptx);
    byte[] code = ptx ? lowered(result.code()) : result.code();
    var index = new ArrayList<String>();
    index.add("image %s %s %s %d".formatted(unit, target, PackBuilder.sha256(code), code.length));
    if (!ptx) {
      resources(result.log()).forEach((kernel, use) -> index.add(line(unit, target, kernel, use)));
    }
    Files.write(out.resolve(Pack.file(unit, target)), deflate(code));
    Files.write(out.resolve(lines(unit, target)), index);
  }

  /// The file with an image's lines of the index.
  static String lines(String unit, String target) {
    return Pack.file(unit, target) + ".lines";
  }

  private static String line(String unit, String target, String kernel, int[] use) {
    return "kernel %s %s %s %d %d %d".formatted(unit, target, kernel, use[0], use[1], use[2]);
  }

  /// Registers, static shared memory and bytes spilled of each kernel, from what the assembler
  /// says.
  static Map<String, int[]> resources(String log) {
    var all = new TreeMap<String, int[]>();
    int[] now = {};
    for (var line : log.lines().toList()) {
      var kernel = KERNEL.matcher(line);
      var spills = SPILLS.matcher(line);
      var used = USED.matcher(line);
      if (kernel.find()) {
        now = new int[3];
        all.put(kernel.group(1), now);
      } else if (now.length > 0 && spills.find()) {
        now[2] = Integer.parseInt(spills.group(1));
      } else if (now.length > 0 && used.find()) {
        now[0] = Integer.parseInt(used.group(1));
        var shared = SHARED.matcher(used.group(2));
        now[1] = shared.find() ? Integer.parseInt(shared.group(1)) : 0;
      }
    }
    return all;
  }

  /// PTX that older drivers take, with the zero byte at its end.
  private static byte[] lowered(byte[] ptx) {
    var text = new String(ptx, StandardCharsets.UTF_8);
    return text.replaceFirst("(?m)^\\.version .*$", ".version " + PTX_VERSION)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] deflate(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip =
        new GZIPOutputStream(out) {
          {
            def.setLevel(9);
          }
        }) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }
}
