// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

/// Enlarges images `[height,width,channels]` on the host: each result pixel is a weighted sum of
/// those around its place, first along the rows, then along the columns.
///
/// Pixels are areas, not points: pixel `i` of the result lies at `(i+½)·from/to - ½`. Beyond the
/// edge either the last pixel goes on, as in PyTorch's `interpolate`, or there is nothing and the
/// other weights make up for it, as in Pillow.
enum Resize {
  /// The pixel that the place falls into.
  NEAREST(0, true) {
    @Override
    double weight(double distance) {
      throw new UnsupportedOperationException();
    }
  },

  /// Straight lines between pixels.
  BILINEAR(1, true) {
    @Override
    double weight(double distance) {
      return Math.max(0, 1 - Math.abs(distance));
    }
  },

  /// Cubic convolution (Keys, 1981, "Cubic convolution interpolation for digital image processing")
  /// with the slope that PyTorch takes.
  BICUBIC_TORCH(2, true) {
    @Override
    double weight(double distance) {
      return keys(Math.abs(distance), -0.75);
    }
  },

  /// The same with the slope that Pillow takes, which is Keys' own.
  BICUBIC(2, false) {
    @Override
    double weight(double distance) {
      return keys(Math.abs(distance), -0.5);
    }
  },

  /// A sinc within the middle lobe of one three times as wide (Duchon, 1979, "Lanczos filtering in
  /// one and two dimensions").
  LANCZOS(3, false) {
    @Override
    double weight(double distance) {
      return Math.abs(distance) < 3 ? sinc(distance) * sinc(distance / 3) : 0;
    }
  };

  private final int reach;
  private final boolean edgeGoesOn;

  Resize(int reach, boolean edgeGoesOn) {
    this.reach = reach;
    this.edgeGoesOn = edgeGoesOn;
  }

  /// The weight of a pixel at that distance, counted in pixels.
  abstract double weight(double distance);

  private static double keys(double x, double slope) {
    if (x < 1) {
      return ((slope + 2) * x - (slope + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * slope : 0;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }

  /// Enlarges an image.
  float[] apply(float[] image, int height, int width, int channels, int toHeight, int toWidth) {
    float[] wide = new float[height * toWidth * channels];
    Line[] columns = lines(width, toWidth);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < toWidth; x++) {
        columns[x].sum(image, y * width * channels, channels, wide, (y * toWidth + x) * channels);
      }
    }
    int row = toWidth * channels;
    float[] large = new float[toHeight * row];
    Line[] rows = lines(height, toHeight);
    for (int y = 0; y < toHeight; y++) {
      for (int i = 0; i < row; i += channels) {
        rows[y].sum(wide, i, row, channels, large, y * row + i);
      }
    }
    return large;
  }

  /// What one result pixel is the sum of, along one axis.
  private record Line(int[] places, double[] weights) {
    void sum(float[] from, int base, int channels, float[] to, int at) {
      sum(from, base, channels, channels, to, at);
    }

    void sum(float[] from, int base, int stride, int channels, float[] to, int at) {
      for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (int k = 0; k < places.length; k++) {
          sum += weights[k] * from[base + places[k] * stride + c];
        }
        to[at + c] = (float) sum;
      }
    }
  }

  private Line[] lines(int from, int to) {
    var lines = new Line[to];
    for (int i = 0; i < to; i++) {
      if (this == NEAREST) {
        int place = (int) ((long) i * from / to);
        lines[i] = new Line(new int[] {place}, new double[] {1});
        continue;
      }
      double centre = (i + 0.5) * from / to - 0.5;
      int first = (int) Math.floor(centre) - reach + 1;
      int[] places = new int[2 * reach];
      double[] weights = new double[2 * reach];
      double total = 0;
      for (int k = 0; k < places.length; k++) {
        int place = first + k;
        boolean inside = place >= 0 && place < from;
        places[k] = Math.clamp(place, 0, from - 1);
        weights[k] = inside || edgeGoesOn ? weight(centre - place) : 0;
        total += weights[k];
      }
      for (int k = 0; k < weights.length; k++) {
        weights[k] /= total;
      }
      lines[i] = new Line(places, weights);
    }
    return lines;
  }
}
