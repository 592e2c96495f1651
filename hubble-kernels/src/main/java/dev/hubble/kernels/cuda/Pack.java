// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DeviceException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// The compiled kernels that Hubble carries: machine code for each generation of GPUs, and PTX,
/// which the driver translates itself, for those that came later.
///
/// They are made from `src/main/cuda` by `mvn -Pkernels` and committed; an index says from which
/// sources, and what each kernel takes.
final class Pack {
  static final String FOLDER = "/META-INF/hubble/cuda/";
  static final String INDEX = "index.txt";

  /// The oldest GPUs that the kernels are written for: Ampere.
  private static final int OLDEST_MAJOR = 8;

  /// A kernel as compiled for one target.
  ///
  /// @param unit the source file that it is in
  record Compiled(
      String unit, String target, String name, int registers, int sharedMemory, int spills) {}

  private final Map<String, String> header = new HashMap<>();
  private final Map<String, String> sources = new HashMap<>();
  private final Map<String, String> units = new HashMap<>(); // of kernels
  private final Map<String, String> hashes = new HashMap<>(); // of images
  private final TreeSet<String> targets = new TreeSet<>();
  private final List<Compiled> kernels = new ArrayList<>();

  private final String folder;

  private Pack(String folder) {
    this.folder = folder;
  }

  /// Reads the index of the pack in this jar.
  static Pack open() {
    return open(FOLDER);
  }

  /// Reads the index of the pack in `folder` of the class path.
  static Pack open(String folder) {
    try (var in = Pack.class.getResourceAsStream(folder + INDEX)) {
      if (in == null) {
        throw DeviceException.unavailable(
            "this build of Hubble has no kernels for GPUs (" + folder + INDEX + " is missing)");
      }
      return parse(folder, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Pack parse(String folder, String index) {
    var pack = new Pack(folder);
    index.lines().filter(line -> !line.startsWith("#")).forEach(pack::line);
    return pack;
  }

  private void line(String line) {
    String[] words = line.split(" ", -1);
    switch (words[0]) {
      case "unit" -> {
        // For the builder, which compiles what has changed.
      }
      case "source" -> sources.put(words[1], words[2]);
      case "image" -> {
        targets.add(words[2]);
        hashes.put(words[1] + " " + words[2], words[3]);
      }
      case "kernel" -> {
        var kernel =
            new Compiled(
                words[1],
                words[2],
                words[3],
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]),
                Integer.parseInt(words[6]));
        kernels.add(kernel);
        units.put(kernel.name(), kernel.unit());
      }
      default -> header.put(words[0], line.substring(words[0].length()).strip());
    }
  }

  /// From which sources the pack was made: file names and SHA-256.
  Map<String, String> sources() {
    return sources;
  }

  /// Every kernel for every target.
  List<Compiled> kernels() {
    return kernels;
  }

  /// For what there is machine code or PTX: `sm_80`, `compute_80`.
  Set<String> targets() {
    return targets;
  }

  /// What the index says besides: `compiler`, `options`.
  @Nullable String header(String name) {
    return header.get(name);
  }

  /// What a GPU of the given capability runs best: code for just it, code for an older one of its
  /// generation, or PTX.
  ///
  /// @throws DeviceException if there is nothing for it
  String choose(Capability gpu) {
    var exact = "sm_" + gpu.major() + gpu.minor();
    // The letter means: features of this very GPU, which no other has.
    for (var name : new String[] {exact + "a", exact}) {
      if (targets.contains(name)) {
        return name;
      }
    }
    for (int minor = gpu.minor() - 1; minor >= 0; minor--) {
      var older = "sm_" + gpu.major() + minor;
      if (targets.contains(older)) {
        return older;
      }
    }
    var ptx = "compute_" + OLDEST_MAJOR + "0";
    if (gpu.major() >= OLDEST_MAJOR && targets.contains(ptx)) {
      return ptx;
    }
    throw DeviceException.unavailable(
        "the GPU has compute capability %s, and Hubble's kernels need %d.0 or later (GeForce RTX 30, A100)"
            .formatted(gpu, OLDEST_MAJOR));
  }

  /// In which source file a kernel is; null if there is none of that name.
  @Nullable String unit(String kernel) {
    return units.get(kernel);
  }

  /// SHA-256 of the compiled source file `unit` for `target`, unpacked.
  @Nullable String hash(String unit, String target) {
    return hashes.get(unit + " " + target);
  }

  /// The compiled source file `unit` for `target`, as the driver takes it.
  byte[] image(String unit, String target) {
    var name = file(unit, target);
    try (var in = Pack.class.getResourceAsStream(folder + name)) {
      if (in == null) {
        throw new IOException(folder + name + " is missing in Hubble's jar");
      }
      return inflate(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The name of the file that holds `unit` for `target`.
  static String file(String unit, String target) {
    return unit + "." + target + (target.startsWith("compute_") ? ".ptx.gz" : ".cubin.gz");
  }

  /// What was packed into `bytes`.
  static byte[] inflate(byte[] bytes) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }
}
