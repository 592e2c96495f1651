// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Progress;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/// Keeps a file up to date with what the pictures are becoming, side by side. It is whole at any
/// moment, so that a viewer may watch it.
final class PreviewFile implements Progress {
  /// Pixels of the result for each of the rough preview.
  private static final int SCALE = 8;

  private final Path file;
  private final Progress next;

  PreviewFile(Path file, Progress next) {
    this.file = file;
    this.next = next;
  }

  @Override
  public void on(Event event) {
    if (event instanceof Event.Step step) {
      var image = sideBySide(step.preview().rough());
      SafeFile.replace(file, out -> ImageIO.write(image, "png", out));
    }
    next.on(event);
  }

  private static BufferedImage sideBySide(List<BufferedImage> pictures) {
    int width = pictures.getFirst().getWidth() * SCALE;
    int height = pictures.getFirst().getHeight() * SCALE;
    var all = new BufferedImage(width * pictures.size(), height, BufferedImage.TYPE_INT_RGB);
    var graphics = all.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    for (int i = 0; i < pictures.size(); i++) {
      graphics.drawImage(pictures.get(i), i * width, 0, width, height, null);
    }
    graphics.dispose();
    return all;
  }
}
