// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The tensors of a small safetensors file among the test resources.
final class SafetensorsFixture {
  private SafetensorsFixture() {}

  static Map<String, float[]> read(String resource) {
    byte[] file;
    try (var in = SafetensorsFixture.class.getResourceAsStream(resource)) {
      file = in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = (int) bytes.getLong();
    JsonNode header =
        JsonMapper.shared().readTree(new String(file, 8, headerLength, StandardCharsets.UTF_8));
    var tensors = new LinkedHashMap<String, float[]>();
    for (var entry : header.properties()) {
      JsonNode offsets = entry.getValue().path("data_offsets");
      boolean half = entry.getValue().path("dtype").asString().equals("F16");
      int from = 8 + headerLength + offsets.get(0).asInt();
      int length = offsets.get(1).asInt() - offsets.get(0).asInt();
      float[] values = new float[length / (half ? 2 : 4)];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            half
                ? Float.float16ToFloat(bytes.getShort(from + 2 * i))
                : bytes.getFloat(from + 4 * i);
      }
      tensors.put(entry.getKey(), values);
    }
    return tensors;
  }
}
