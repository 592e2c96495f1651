// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.Additions;
import dev.hubble.HubbleException;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightFile;
import dev.hubble.weights.WeightsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Reads LoRAs as changes to the weights of one model.
///
/// @param unet the changes to the UNet's weights, by their names
/// @param text those to the text encoder's
public record Loras(Map<String, List<Change>> unet, Map<String, List<Change>> text) {
  /// No changes.
  public static final Loras NONE = new Loras(Map.of(), Map.of());

  /// Reads all of `loras`, for a model with these weights. Everything in the files must have its
  /// place.
  ///
  /// @throws HubbleException.BadRequest naming the file and the layers if something has not
  public static Loras read(List<Additions.Lora> loras, TensorStore unet, TensorStore text) {
    if (loras.isEmpty()) {
      return NONE;
    }
    var names = new LoraNames(unet.names(), text.names());
    var changes = new Loras(new HashMap<>(), new HashMap<>());
    for (var lora : loras) {
      try (var store = WeightFile.open(lora.file())) {
        changes.add(store, lora.scale(), names, unet, text);
      } catch (WeightsException e) {
        throw new HubbleException.BadRequest(e.getMessage(), e);
      }
    }
    return changes;
  }

  private void add(
      TensorStore store, double scale, LoraNames names, TensorStore unetStore, TensorStore text) {
    var homeless = new ArrayList<String>();
    var alphas = PeftAlpha.of(store);
    LoraFile.modules(store)
        .forEach((name, module) -> {
          var layer = names.find(name);
          if (layer == null) {
            homeless.add(name);
            return;
          }
          var weight =
              Objects.requireNonNull((layer.ofUnet() ? unetStore : text).find(layer.weight()));
          double alpha = layer.ofUnet() ? alphas.unet() : alphas.text();
          var change = change(module, scale, alpha, name);
          check(change, weight, name, store);
          (layer.ofUnet() ? unet : this.text)
              .computeIfAbsent(layer.weight(), _ -> new ArrayList<>())
              .add(change);
        });
    if (!homeless.isEmpty()) {
      boolean xl =
          homeless.stream()
              .anyMatch(n ->
                  n.startsWith("lora_te1_")
                      || n.startsWith("lora_te2_")
                      || n.startsWith("text_encoder_2."));
      throw new HubbleException.BadRequest(
          "%s changes layers that this model does not have%s: %s."
              .formatted(
                  store.source(),
                  xl ? ", since it was made for Stable Diffusion XL" : "",
                  LoraFile.some(homeless)));
    }
  }

  /// @param relative alpha / rank where the file has no alpha beside the layer
  private static Change change(LoraFile.Module module, double scale, double relative, String name) {
    var downTensor = Objects.requireNonNull(module.down);
    var upTensor = Objects.requireNonNull(module.up);
    long rank = downTensor.shape().length == 0 ? 0 : downTensor.shape()[0];
    if (rank < 1
        || downTensor.size() % rank != 0
        || upTensor.size() % rank != 0
        || upTensor.size() == 0) {
      throw new HubbleException.BadRequest(
          "%s: the parts of %s, %s and %s, do not fit together."
              .formatted(
                  downTensor.file(),
                  name,
                  Arrays.toString(downTensor.shape()),
                  Arrays.toString(upTensor.shape())));
    }
    float[] down = read(downTensor);
    if (module.mid != null) {
      down = through(module.mid, down, (int) rank, name);
    }
    boolean own = module.alpha != null && module.alpha.size() == 1;
    double factor = own ? alpha(Objects.requireNonNull(module.alpha)) / rank : relative;
    return new Change(read(upTensor), down, (int) rank, (float) (scale * factor));
  }

  private static double alpha(StoredTensor tensor) {
    if (tensor.type().isFloat()) {
      return read(tensor)[0];
    }
    long[] value = new long[1];
    tensor.read(0, value, 0, 1);
    return value[0];
  }

  private static float[] read(StoredTensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  /// LyCORIS splits a filter in three: `down` `[rank,in]` mixes the inputs, `mid`
  /// `[rank,rank,kh,kw]` is the filter, `up` mixes the outputs. The first two together are
  /// `[rank,in,kh,kw]`.
  private static float[] through(StoredTensor midTensor, float[] down, int rank, String name) {
    long[] shape = midTensor.shape();
    if (shape.length != 4 || shape[0] != rank || shape[1] != rank) {
      throw new HubbleException.BadRequest(
          "%s: the middle part of %s is %s, which does not fit its rank of %d."
              .formatted(midTensor.file(), name, Arrays.toString(shape), rank));
    }
    float[] mid = read(midTensor);
    int places = Math.toIntExact(shape[2] * shape[3]);
    int in = down.length / rank;
    float[] both = new float[rank * in * places];
    for (int i = 0; i < rank; i++) {
      for (int j = 0; j < rank; j++) {
        for (int c = 0; c < in; c++) {
          float d = down[j * in + c];
          int to = (i * in + c) * places;
          int from = (i * rank + j) * places;
          for (int p = 0; p < places; p++) {
            both[to + p] += mid[from + p] * d;
          }
        }
      }
    }
    return both;
  }

  private static void check(Change change, StoredTensor weight, String name, TensorStore store) {
    long[] shape = weight.shape();
    if (shape.length < 2
        || change.out() != shape[0]
        || (long) change.inner() * shape[0] != weight.size()) {
      throw new HubbleException.BadRequest(
          "%s changes %s as a layer of %d inputs and %d outputs, and in this model its weight is %s: the LoRA was made for another model%s."
              .formatted(
                  store.source(),
                  name,
                  change.inner(),
                  change.out(),
                  Arrays.toString(shape),
                  name.contains("attn2") && change.inner() == 1024
                      ? ", Stable Diffusion 2"
                      : name.contains("attn2") && change.inner() == 2048
                          ? ", Stable Diffusion XL"
                          : ""));
    }
  }
}
