// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// In what two packs differ.
final class PackDifference {
  private PackDifference() {}

  /// A sentence for every file or line of the index that `pack` and `again` have not alike.
  static List<String> of(Path pack, Path again) throws IOException {
    var differences = new ArrayList<String>();
    var names = names(pack);
    names.addAll(names(again));
    for (var name : names) {
      var one = pack.resolve(name);
      var other = again.resolve(name);
      if (!Files.exists(one)) {
        differences.add(name + " is missing");
      } else if (!Files.exists(other)) {
        differences.add(name + " is made of no source");
      } else if (name.equals(Pack.INDEX)) {
        lines(Files.readAllLines(one), Files.readAllLines(other), differences);
      } else if (!unpacked(one).equals(unpacked(other))) {
        differences.add(name + " differs");
      }
    }
    return differences;
  }

  /// What is in a file; how it was packed does not matter.
  private static String unpacked(Path file) throws IOException {
    return PackBuilder.sha256(Pack.inflate(Files.readAllBytes(file)));
  }

  private static Set<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .map(f -> f.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static void lines(List<String> one, List<String> other, List<String> differences) {
    one.stream().filter(line -> !other.contains(line)).forEach(l -> differences.add("- " + l));
    other.stream().filter(line -> !one.contains(line)).forEach(l -> differences.add("+ " + l));
  }
}
