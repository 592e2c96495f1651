// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.HubbleException;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Consumer;

/// The pictures of a grid on one sheet, with labels above the columns and beside the rows.
final class GridSheet {
  private static final int GAP = 4;
  private static final long MOST_PIXELS = 1 << 28;

  private final GridPlan plan;
  private final int width;
  private final int height;
  private final int top;
  private final int left;
  private final BufferedImage sheet;

  private GridSheet(GridPlan plan, int width, int height) {
    this.plan = plan;
    this.width = width;
    this.height = height;
    this.top = 2 * fontSize(width);
    this.left = left(plan, width);
    this.sheet = new BufferedImage(x(plan.columns()), y(plan.rows()), BufferedImage.TYPE_INT_RGB);
    draw(graphics -> {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    });
  }

  /// The sheet with these pictures, row by row, each place as large as the largest of them.
  static BufferedImage of(GridPlan plan, List<BufferedImage> pictures) {
    int width = pictures.stream().mapToInt(BufferedImage::getWidth).max().orElseThrow();
    int height = pictures.stream().mapToInt(BufferedImage::getHeight).max().orElseThrow();
    check(plan, width, height);
    var sheet = new GridSheet(plan, width, height);
    for (int i = 0; i < pictures.size(); i++) {
      sheet.put(i % plan.columns(), i / plan.columns(), pictures.get(i));
    }
    sheet.label();
    return sheet.sheet;
  }

  /// Refuses a sheet that is too large for a picture.
  static void check(GridPlan plan, int width, int height) {
    long w = left(plan, width) + plan.columns() * (long) (width + GAP) + GAP;
    long h = 2L * fontSize(width) + plan.rows() * (long) (height + GAP) + GAP;
    if (w * h > MOST_PIXELS) {
      throw new HubbleException.BadRequest(
          "The sheet of this grid would have %,d x %,d pixels; ask for fewer or smaller pictures."
              .formatted(w, h));
    }
  }

  /// Refuses to begin where Java has no letters to write labels with, as in some containers.
  static void checkFonts() {
    var graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
      int _ = graphics.getFontMetrics().stringWidth("seed");
    } catch (RuntimeException | LinkageError | InternalError e) {
      throw new HubbleException(
          "Java finds no font for the labels of a grid; install one: apt install fontconfig fonts-dejavu-core",
          e);
    } finally {
      graphics.dispose();
    }
  }

  private static int left(GridPlan plan, int width) {
    return plan.down() == null ? 0 : 9 * fontSize(width);
  }

  private static int fontSize(int width) {
    return Math.clamp(width / 12, 9, 28);
  }

  /// Where the left upper corner of a cell is.
  private int x(int column) {
    return left + GAP + column * (width + GAP);
  }

  private int y(int row) {
    return top + GAP + row * (height + GAP);
  }

  private void put(int column, int row, BufferedImage picture) {
    draw(graphics -> graphics.drawImage(picture, x(column), y(row), null));
  }

  private void label() {
    draw(graphics -> {
      graphics.setColor(Color.BLACK);
      for (int column = 0; column < plan.columns(); column++) {
        label(graphics, plan.across().label(column), x(column), 0, width, top);
      }
      var down = plan.down();
      for (int row = 0; down != null && row < plan.rows(); row++) {
        label(graphics, down.label(row), 0, y(row), left, height);
      }
    });
  }

  /// In the middle of the box, in as small letters as it needs.
  private void label(Graphics2D graphics, String text, int x, int y, int w, int h) {
    int size = fontSize(width);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, size));
    while (size > 7 && graphics.getFontMetrics().stringWidth(text) > w - 2) {
      size--;
      graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, size));
    }
    var metrics = graphics.getFontMetrics();
    String shown = text;
    while (shown.length() > 1 && metrics.stringWidth(shown) > w - 2) {
      shown = shown.substring(0, shown.length() - 2) + "…";
    }
    graphics.drawString(
        shown,
        x + Math.max(1, (w - metrics.stringWidth(shown)) / 2),
        y + (h - metrics.getHeight()) / 2 + metrics.getAscent());
  }

  private void draw(Consumer<Graphics2D> what) {
    var graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    try {
      what.accept(graphics);
    } finally {
      graphics.dispose();
    }
  }
}
