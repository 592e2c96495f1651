// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Compiles `src/main/cuda` into the pack of kernels that Hubble carries: `mvn -Pkernels`; or
/// compiles it anew and compares: `mvn -Pkernels -Dpack.mode=check`; or only a part of it, for one
/// target of each file: `mvn -Pkernels -Dpack.mode=sample`.
///
/// A new process of the compiler gives the same bytes nearly every time, so the pack can be
/// committed and checked: what comes out otherwise is made again, and must once be what is there.
/// The rungs of `hubble-bench`'s ladders are a pack of their own, made in the same way.
final class PackBuilder {
  /// Code for A100 and the like, for the H100 with its own features, for the B200, for the GeForce
  /// RTX 50; and PTX for whatever comes.
  static final List<String> TARGETS = List.of("sm_80", "sm_90a", "sm_100", "sm_120", "compute_80");

  // One file becomes, in one process out of four, another of two codes in which registers differ.
  private static final int TRIES = 8;

  private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");

  /// The same for the rungs of ladders, which need not be fast everywhere.
  static final List<String> LADDER_TARGETS = List.of("sm_80", "sm_90a", "compute_80");

  private final Path compiler;
  private final Path[] sources; // the folder that is compiled, and those with what it includes
  private final List<String> targets;
  private final String version;
  private Set<String> wanted = Set.of(); // lines of an index of which each is to be made again

  private PackBuilder(Path compiler, Path[] sources, List<String> targets) throws IOException {
    this.compiler = compiler.toAbsolutePath();
    this.sources = sources;
    this.targets = targets;
    version = "compiler NVRTC " + new Nvrtc(this.compiler).version();
  }

  /// Compiles.
  ///
  /// @param args the folder with the compiler, the folder with the sources, the folder of the pack,
  ///   and `build`, or `check` or `sample` to exit with 1 if the pack is not what the compiler
  ///   makes; for a ladder's pack, the folder with what its sources include
  public static void main(String[] args) throws IOException {
    boolean ladder = args.length > 4;
    var sources =
        ladder ? new Path[] {Path.of(args[1]), Path.of(args[4])} : new Path[] {Path.of(args[1])};
    var builder = new PackBuilder(Path.of(args[0]), sources, ladder ? LADDER_TARGETS : TARGETS);
    var pack = Path.of(args[2]);
    var mode = args.length > 3 ? args[3] : "build";
    if (mode.equals("build")) {
      builder.build(pack);
      return;
    }
    var again = Files.createTempDirectory("hubble-pack");
    if (mode.equals("sample")) {
      copyWithout(sample(units(sources[0]), builder.targets, pack), pack, again);
    } else if (!mode.equals("check")) {
      throw new IllegalArgumentException("no mode " + mode + ", but build, check and sample");
    }
    builder.wanted = Set.copyOf(Files.readAllLines(pack.resolve(Pack.INDEX)));
    builder.build(again);
    var differences = PackDifference.of(pack, again);
    if (!differences.isEmpty()) {
      System.err.println(
          "The committed pack is not what the compiler makes of "
              + sources[0]
              + " (made anew in "
              + again
              + "):");
      differences.forEach(System.err::println);
      System.exit(1);
    }
    System.out.println("The committed pack is what the compiler makes, byte for byte.");
  }

  /// A file of the pack for every source file, each for another target. Which ones is decided by
  /// what is in the pack: the same pack is always checked alike, and the next one elsewhere.
  static Set<String> sample(List<String> units, List<String> targets, Path pack)
      throws IOException {
    var files = new TreeSet<String>();
    int first = Files.readAllLines(pack.resolve(Pack.INDEX)).hashCode();
    for (int i = 0; i < units.size(); i++) {
      files.add(Pack.file(units.get(i), targets.get(Math.floorMod(first + i, targets.size()))));
    }
    return files;
  }

  /// Copies a pack but for the files `without`, which are then compiled.
  private static void copyWithout(Set<String> without, Path pack, Path to) throws IOException {
    try (var files = Files.list(pack)) {
      for (var file : files.filter(f -> !without.contains(f.getFileName().toString())).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /// Brings the pack in `out` up to date.
  private void build(Path out) throws IOException {
    Files.createDirectories(out);
    var index = out.resolve(Pack.INDEX);
    var before = Files.exists(index) ? Files.readAllLines(index) : List.<String>of();
    boolean sameCompiler = before.contains(version) && before.contains("options " + options());
    var pending = new LinkedHashMap<String, Future<List<String>>>();
    var made = new TreeSet<String>();
    made.add(Pack.INDEX);
    try (var compilers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      for (var unit : units(sources[0])) {
        boolean known = sameCompiler && before.contains(stamp(unit));
        for (var target : targets) {
          var file = Pack.file(unit, target);
          made.add(file);
          if (!known || !Files.exists(out.resolve(file))) {
            pending.put(file, compilers.submit(() -> compile(unit, target, out)));
          }
        }
      }
    }
    Files.writeString(index, String.join("\n", index(before, pending)) + "\n");
    try (var old = Files.list(out)) {
      for (var file : old.filter(f -> !made.contains(f.getFileName().toString())).toList()) {
        Files.delete(file);
      }
    }
  }

  private List<String> index(List<String> before, Map<String, Future<List<String>>> made)
      throws IOException {
    var index = new ArrayList<String>();
    index.add("# Made by mvn -Pkernels from src/main/cuda; do not edit.");
    index.add("# kernel: source, target, name, registers, static shared memory, bytes spilled");
    index.add(version);
    index.add("options " + options());
    hashes(sources).forEach((name, hash) -> index.add("source " + name + " " + hash));
    for (var unit : units(sources[0])) {
      index.add(stamp(unit));
      for (var target : targets) {
        var compiled = made.get(Pack.file(unit, target));
        if (compiled != null) {
          index.addAll(result(compiled));
        } else {
          before.stream()
              .filter(line -> line.matches("(image|kernel) " + unit + " " + target + " .*"))
              .forEach(index::add);
        }
      }
    }
    return index;
  }

  private static List<String> result(Future<List<String>> compiled) throws IOException {
    try {
      return compiled.get();
    } catch (ExecutionException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /// Compiles; the lines of the index. Where those of the same sources are known, until they come
  /// out, or there is no hope that they will.
  private List<String> compile(String unit, String target, Path out)
      throws IOException, InterruptedException {
    int tries = wanted.contains(stamp(unit)) ? TRIES : 1;
    var index = compileOnce(unit, target, out);
    while (--tries > 0 && !wanted.containsAll(index)) {
      System.out.println(unit + " for " + target + " is not what was committed: once more");
      index = compileOnce(unit, target, out);
    }
    return index;
  }

  /// Compiles in a process of its own.
  private List<String> compileOnce(String unit, String target, Path out)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                PackCompiler.class.getName(),
                compiler.toString(),
                join(sources),
                unit,
                target,
                out.toString())
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(unit + " for " + target + ":\n" + said);
    }
    System.out.printf("%s for %s: %.1f s%n", unit, target, (System.nanoTime() - start) / 1e9);
    var lines = out.resolve(PackCompiler.lines(unit, target));
    var index = Files.readAllLines(lines);
    Files.delete(lines);
    return index;
  }

  private static String join(Path[] folders) {
    return Arrays.stream(folders).map(Path::toString).collect(Collectors.joining(":"));
  }

  /// How the compiler is called, as the index says it.
  static String options() {
    return String.join(" ", PackCompiler.OPTIONS);
  }

  private String stamp(String unit) throws IOException {
    return "unit " + unit + " " + unitHash(unit);
  }

  /// SHA-256 of a source file with all that it includes: what has not changed is not compiled anew.
  private String unitHash(String unit) throws IOException {
    var all = new StringBuilder();
    for (var file : closure(unit + ".cu", sources)) {
      all.append(file.getFileName()).append('\n').append(Files.readString(file));
    }
    return sha256(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  /// A source file and all that it includes.
  private static List<Path> closure(String first, Path... folders) throws IOException {
    var seen = new TreeSet<String>();
    var open = new ArrayDeque<>(List.of(first));
    var all = new ArrayList<Path>();
    while (!open.isEmpty()) {
      var name = open.removeFirst();
      var file = Arrays.stream(folders).map(f -> f.resolve(name)).filter(Files::exists).findFirst();
      // What is in no folder is the emulator's.
      if (file.isPresent() && seen.add(name)) {
        all.add(file.get());
        INCLUDE.matcher(Files.readString(file.get())).results().forEach(m -> open.add(m.group(1)));
      }
    }
    return all;
  }

  /// The source files that are compiled, without `.cu`.
  static List<String> units(Path sources) throws IOException {
    return hashes(sources).keySet().stream()
        .filter(name -> name.endsWith(".cu"))
        .map(name -> name.substring(0, name.length() - 3))
        .toList();
  }

  /// SHA-256 of every source file of the first folder by name, and of what they include from
  /// others.
  static Map<String, String> hashes(Path... sources) throws IOException {
    var all = new TreeMap<String, String>();
    try (var files = Files.list(sources[0])) {
      for (var file : files.filter(f -> f.toString().matches(".*\\.cuh?")).toList()) {
        for (var needed : closure(file.getFileName().toString(), sources)) {
          all.put(needed.getFileName().toString(), sha256(Files.readAllBytes(needed)));
        }
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
}
