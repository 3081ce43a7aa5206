// replaced as emitters land
