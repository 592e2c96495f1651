// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.Cancellation;
import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.Modes;
import dev.hubble.NoiseKind;
import dev.hubble.Progress;
import dev.hubble.Prompting;
import dev.hubble.Request;
import dev.hubble.kernels.Ops;
import dev.hubble.model.LazyEncoder;
import dev.hubble.model.Model;
import dev.hubble.model.ModelFiles;
import dev.hubble.model.Models;
import dev.hubble.nn.Observer;
import dev.hubble.pipeline.Job;
import dev.hubble.pipeline.StartImage;
import dev.hubble.pipeline.TextToImage;
import dev.hubble.random.TorchGenerator;
import dev.hubble.schedulers.Schedulers;
import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A UNet that was trained for inpainting, which sees nine channels: the tiny model with five more
/// input channels, whose weights are a formula.
class InpaintingTest {
  private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

  @TempDir static Path folder;

  /// Five channels that change everything.
  private static Path model;

  /// Five channels that change nothing.
  private static Path deaf;

  @BeforeAll
  static void make() throws IOException {
    model = make("model", i -> 0.05 * Math.sin(0.7 * i + 1));
    deaf = make("deaf", i -> 0);
  }

  private static Path make(String name, IntToDoubleFunction weight) throws IOException {
    Path from = Reference.path("tiny-sd");
    Path to = folder.resolve(name);
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    Path config = to.resolve("unet/config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replace("\"in_channels\": 4", "\"in_channels\": 9"));
    Path index = to.resolve("model_index.json");
    Files.writeString(
        index,
        Files.readString(index)
            .replace("\"StableDiffusionPipeline\"", "\"StableDiffusionInpaintPipeline\""));
    try (var store = Safetensors.open(from.resolve(WEIGHTS))) {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      for (String key : store.names()) {
        tensors.put(key, Objects.requireNonNull(store.find(key)));
      }
      int outs = (int) Objects.requireNonNull(tensors.get("conv_in.weight")).shape()[0];
      float[] four = Reference.floats(store, "conv_in.weight");
      float[] nine = new float[outs * 9 * 9];
      for (int i = 0; i < nine.length; i++) {
        int channel = i / 9 % 9;
        nine[i] =
            channel < 4
                ? four[(i / 81 * 4 + channel) * 9 + i % 9]
                : (float) weight.applyAsDouble(i);
      }
      tensors.put("conv_in.weight", MemoryTensors.of("conv_in.weight", nine, outs, 9, 3, 3));
      SafetensorsWriter.write(to.resolve(WEIGHTS), tensors);
    }
    return to;
  }

  private static Job job(List<Job.Image> images, @Nullable StartImage start, int steps) {
    return new Job(
        images,
        steps,
        7.5f,
        128,
        128,
        "ddim",
        0,
        NoiseKind.TORCH_CPU,
        0,
        0,
        Prompting.DEFAULT,
        start,
        Modes.NONE);
  }

  private static StartImage start(double strength) {
    try (var inputs = Reference.store("tiny-sd.inputs.safetensors")) {
      float[] pixels = Reference.channelsLast(inputs, "init_image");
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = 2 * pixels[i] - 1;
      }
      return new StartImage(pixels, strength, Reference.floats(inputs, "mask"));
    }
  }

  private static TextToImage pipeline(ModelFiles files, Ops ops) {
    return new TextToImage(Model.load(files, ops), new LazyEncoder(files, ops));
  }

  private static List<Job.Image> images(long... seeds) {
    var images = new ArrayList<Job.Image>();
    for (long seed : seeds) {
      images.add(new Job.Image(PipelineTest.PROMPT, PipelineTest.NEGATIVE, seed));
    }
    return images;
  }

  /// If the five channels weigh nothing, nothing is left but the run of the plain model: same
  /// noise, nothing put back.
  @Test
  void channelsWithoutWeightChangeNothing() {
    try (var ops = Reference.open("cpu")) {
      var files = Models.find(deaf.toString());
      var inpainted = PipelineTest.run(pipeline(files, ops), job(images(1), start(1), 8));
      var plain = PipelineTest.run(Reference.tinySd(ops), job(images(1), null, 8));
      for (int i = 0; i < 8; i++) {
        Reference.assertClose(
            "latents after call " + (i + 1),
            inpainted.latents().get(i),
            plain.latents().get(i),
            1e-6);
      }
      try (var expected = Reference.store("tiny-sd.scheduler-ddim.safetensors")) {
        PipelineTest.compare("deaf inpainting", inpainted, expected);
      }
    }
  }

  /// One step put together by hand as diffusers' StableDiffusionInpaintPipeline does: noise first,
  /// then the picture with a grey hole is encoded with the generator's second draw, and the UNet
  /// sees `[latents, mask, hole]`.
  @Test
  void oneStepIsTheFormula() {
    try (var ops = Reference.open("cpu")) {
      var files = Models.find(model.toString());
      var net = Model.load(files, ops);
      var run = PipelineTest.run(pipeline(files, ops), job(images(1), start(1), 5));

      var generator = new TorchGenerator(1);
      float[] noise = Reference.channelsLast(generator.randn(1024), 1, 4, 16, 16);
      float[] draw = Reference.channelsLast(generator.randn(1024), 1, 4, 16, 16);
      var image = start(1);
      float[] mask = Objects.requireNonNull(image.mask());
      float[] hole = Objects.requireNonNull(image.pixels()).clone();
      for (int i = 0; i < hole.length; i++) {
        hole[i] = mask[i / 3] < 0.5 ? hole[i] : 0;
      }
      float[] moments =
          new LazyEncoder(files, ops)
              .get()
              .apply(ops.upload(hole, 1, 128, 128, 3), Observer.NONE)
              .toArray();
      float[] seen = new float[16 * 16 * 9];
      for (int p = 0; p < 256; p++) {
        for (int c = 0; c < 4; c++) {
          seen[p * 9 + c] = noise[p * 4 + c];
          double deviation = Math.exp(0.5 * moments[p * 8 + 4 + c]);
          seen[p * 9 + 5 + c] =
              (float) (0.18215 * (moments[p * 8 + c] + deviation * draw[p * 4 + c]));
        }
        seen[p * 9 + 4] = mask[p / 16 * 8 * 128 + p % 16 * 8];
      }
      var scheduler = Schedulers.create(net.scheduler(), "ddim", 5, 0);
      var x = ops.upload(seen, 1, 16, 16, 9);
      float[][] answers = new float[2][];
      for (int i = 0; i < 2; i++) {
        String text = i == 0 ? PipelineTest.NEGATIVE : PipelineTest.PROMPT;
        var words = net.textEncoder().apply(net.tokenizer().ids(text), 0, Observer.NONE);
        var constants = net.unet().prepare(words, new float[] {scheduler.timesteps()[0]});
        answers[i] = net.unet().apply(x, constants, 0, Observer.NONE).toArray();
      }
      float[] guided = new float[1024];
      for (int i = 0; i < guided.length; i++) {
        guided[i] = answers[0][i] + 7.5f * (answers[1][i] - answers[0][i]);
      }
      var next =
          scheduler.step(
              0,
              ops.upload(guided, 1, 16, 16, 4),
              ops.upload(noise, 1, 16, 16, 4),
              () -> {
                throw new AssertionError("noise was drawn");
              });
      float[] expected = next.toArray();
      float[] actual = Reference.channelsLast(run.latents().getFirst(), 1, 4, 16, 16);
      Reference.assertClose("one step", actual, expected, 1e-5);
    }
  }

  @Test
  void aPictureOfABatchIsThePictureAlone() {
    try (var ops = Reference.open("cpu")) {
      var pipeline = pipeline(Models.find(model.toString()), ops);
      var two = pipeline.run(job(images(1, 2), start(0.7), 4), Progress.NONE, new Cancellation());
      var one = pipeline.run(job(images(2), start(0.7), 4), Progress.NONE, new Cancellation());
      assertThat(two.pixels().get(1)).isEqualTo(one.pixels().getFirst());
    }
  }

  @Test
  void withoutAMaskThereIsOneClearSentence() {
    try (var hubble = Hubble.load(model.toString())) {
      var picture = new BufferedImage(128, 128, BufferedImage.TYPE_INT_RGB);
      var request = Request.of("a comet").steps(2);
      for (var wrong : List.of(request, request.initImage(picture).strength(0.9))) {
        assertThatThrownBy(() -> hubble.generate(wrong))
            .isInstanceOf(HubbleException.BadRequest.class)
            .hasMessage(
                "This model was trained for inpainting: give it an initial picture, as pixels, and a mask.");
      }
      assertThat(hubble.generate(request.initImage(picture).mask(picture)).pictures()).hasSize(1);
    }
  }
}
