// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/// Compiles `src/main/cuda` into the pack of kernels that Hubble carries: `mvn -Pkernels`.
///
/// The compiler gives the same bytes every time, so the pack can be committed and checked.
final class PackBuilder {
  /// Code for A100 and the like, for the H100 with its own features, for the B200, for the GeForce
  /// RTX 50; and PTX for whatever comes.
  static final List<String> TARGETS = List.of("sm_80", "sm_90a", "sm_100", "sm_120", "compute_80");

  static final List<String> OPTIONS = List.of("--std=c++17", "--no-cache");

  // NVRTC writes the newest version of PTX, which older drivers refuse, though these kernels use
  // nothing newer than this one.
  private static final String PTX_VERSION = "8.0";

  private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");
  private static final Pattern KERNEL =
      Pattern.compile("Compiling entry function '(\\w+)' for '\\w+'");
  private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers(.*)");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  private PackBuilder() {}

  /// Compiles.
  ///
  /// @param args the folder with the compiler, the folder with the sources, the folder of the pack
  public static void main(String[] args) throws IOException {
    var nvrtc = new Nvrtc(Path.of(args[0]).toAbsolutePath());
    var sources = Path.of(args[1]);
    var out = Path.of(args[2]);
    Files.createDirectories(out);
    var before =
        Files.exists(out.resolve(Pack.INDEX))
            ? Files.readAllLines(out.resolve(Pack.INDEX))
            : List.<String>of();
    boolean sameCompiler =
        before.contains("compiler NVRTC " + nvrtc.version())
            && before.contains("options " + String.join(" ", OPTIONS));
    var made = new TreeSet<String>();
    made.add(Pack.INDEX);
    var index = new ArrayList<String>();
    index.add("# Made by mvn -Pkernels from src/main/cuda; do not edit.");
    index.add("# kernel: source, target, name, registers, static shared memory, bytes spilled");
    index.add("compiler NVRTC " + nvrtc.version());
    index.add("options " + String.join(" ", OPTIONS));
    hashes(sources).forEach((name, hash) -> index.add("source " + name + " " + hash));
    long total = 0;
    for (var unit : units(sources)) {
      var stamp = "unit " + unit + " " + unitHash(sources, unit);
      index.add(stamp);
      boolean known = sameCompiler && before.contains(stamp);
      for (var target : TARGETS) {
        var file = out.resolve(Pack.file(unit, target));
        if (known && Files.exists(file)) {
          before.stream()
              .filter(line -> line.matches("(image|kernel) " + unit + " " + target + " .*"))
              .forEach(index::add);
        } else {
          System.out.println(unit + " for " + target);
          compile(nvrtc, sources, unit, target, out, index);
        }
        made.add(file.getFileName().toString());
        total += Files.size(file);
      }
    }
    try (var old = Files.list(out)) {
      for (var file : old.filter(f -> !made.contains(f.getFileName().toString())).toList()) {
        Files.delete(file);
      }
    }
    Files.writeString(out.resolve(Pack.INDEX), String.join("\n", index) + "\n");
    System.out.printf("%s: %d bytes%n", out, total);
  }

  /// SHA-256 of a source file with all that it includes: what has not changed is not compiled anew.
  static String unitHash(Path sources, String unit) throws IOException {
    var seen = new TreeSet<String>();
    var open = new ArrayDeque<>(List.of(unit + ".cu"));
    var all = new StringBuilder();
    while (!open.isEmpty()) {
      var name = open.removeFirst();
      if (!seen.add(name)) {
        continue;
      }
      var text = Files.readString(sources.resolve(name));
      all.append(name).append('\n').append(text);
      INCLUDE
          .matcher(text)
          .results()
          .map(m -> m.group(1))
          .filter(included -> Files.exists(sources.resolve(included)))
          .forEach(open::add);
    }
    return sha256(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void compile(
      Nvrtc nvrtc, Path sources, String unit, String target, Path out, List<String> index)
      throws IOException {
    boolean ptx = target.startsWith("compute_");
    var options = new ArrayList<>(OPTIONS);
    options.add("--gpu-architecture=" + target);
    options.add("-I" + sources);
    if (!ptx) {
      options.add("--ptxas-options=-v");
    }
    var result = nvrtc.compile(sources.resolve(unit + ".cu"), options, ptx);
    byte[] code = ptx ? lowered(result.code()) : result.code();
    byte[] packed = deflate(code);
    var name = Pack.file(unit, target);
    Files.write(out.resolve(name), packed);
    index.add("image %s %s %s %d".formatted(unit, target, sha256(code), code.length));
    if (!ptx) {
      resources(result.log()).forEach((kernel, use) -> index.add(line(unit, target, kernel, use)));
    }
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
  static byte[] lowered(byte[] ptx) {
    var text = new String(ptx, StandardCharsets.UTF_8);
    return text.replaceFirst("(?m)^\\.version .*$", ".version " + PTX_VERSION)
        .getBytes(StandardCharsets.UTF_8);
  }

  /// The source files that are compiled, without `.cu`.
  static List<String> units(Path sources) throws IOException {
    return hashes(sources).keySet().stream()
        .filter(name -> name.endsWith(".cu"))
        .map(name -> name.substring(0, name.length() - 3))
        .toList();
  }

  /// SHA-256 of every source file by name.
  static Map<String, String> hashes(Path sources) throws IOException {
    var all = new TreeMap<String, String>();
    try (var files = Files.list(sources)) {
      for (var file : files.filter(f -> f.toString().matches(".*\\.cuh?")).toList()) {
        all.put(file.getFileName().toString(), sha256(Files.readAllBytes(file)));
      }
    }
    return all;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
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
