// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What `--report` writes and `--json` prints: how a run went, for scripts. It is the library's
/// account of the result and what only the process knows.
record Report(ObjectNode json) {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  static Report of(Generated generated, List<Path> files) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("version", VersionProvider.version());
    json.setAll((ObjectNode) MAPPER.readTree(generated.toJson()));
    json.put("peak_memory_bytes", Memory.peakBytes());
    var names = json.putArray("files");
    files.forEach(file -> names.add(file.toString()));
    return new Report(json);
  }

  String toJson() {
    return MAPPER.writeValueAsString(json);
  }

  void write(Path file) {
    byte[] bytes = MAPPER.writeValueAsBytes(json);
    SafeFile.replace(
        file,
        out -> {
          out.write(bytes);
          out.write('\n');
        });
  }
}
